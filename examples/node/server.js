// The smallest server that can be deployed: it listens on PORT at 127.0.0.1, and says which release it is.
const http = require("node:http");

const server = http.createServer((request, response) => {
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(request.url === "/health" ? "well\n" : `Hello from node, ${process.env.GREETING ?? "friend"}\n`);
});
server.listen(Number(process.env.PORT), process.env.HOST ?? "127.0.0.1");

// What was begun is finished, then it ends: the next release answers already.
process.on("SIGTERM", () => server.close(() => process.exit(0)));
