/** Runs until it is stopped; says what the JVM takes the container to be. */
public class Service {
    public static void main(String[] arguments) throws InterruptedException {
        Runtime runtime = Runtime.getRuntime();
        runtime.addShutdownHook(new Thread(() -> System.out.println("closed")));
        System.out.printf("running: %d processors, %d MiB of heap%n", runtime.availableProcessors(), runtime.maxMemory() >> 20);
        Thread.currentThread().join();
    }
}
