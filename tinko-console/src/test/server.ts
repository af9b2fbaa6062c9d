import { setupServer } from "msw/node";

/** The API of a test: `server.use(http.get("http://console.test/v1/…", …))`. */
export const server = setupServer();
