console.log("a server");
