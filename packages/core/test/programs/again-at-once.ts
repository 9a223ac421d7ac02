// Asks for a gRPC session again as soon as it is told that there is none, and says what it was told. Argument: the server's URL.
import { ClientConnection } from "../../src/rpc/client/connection.ts";
import { withDefaults } from "../../src/rpc/client/options.ts";

const [baseUrl = ""] = process.argv.slice(2);
const connection = new ClientConnection(withDefaults({ baseUrl }));

const refusal = (): Promise<string> =>
  new Promise((resolve) => {
    connection.admit({
      onSession: () => resolve("a session"),
      onNoSession: (error) => resolve(error.message),
    });
  });

process.stdout.write(JSON.stringify([await refusal(), await refusal()]));
