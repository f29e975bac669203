import { inject } from "vitest";
import { useEngine } from "./docker.ts";

// vitest's setup file of each worker: testcontainers reads the environment when it is first used.
useEngine(inject("containersHost"));
