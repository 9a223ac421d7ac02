// Our signatures as a process: `signer.ts DID KEY BODY...` prints the headers of requests with these bodies, signed now.
import { signRequest } from "@x/bindu-bridge";

const [, , did = "", privateKey = "", ...bodies] = process.argv;
console.log(JSON.stringify(bodies.map((body) => signRequest({ body, did, privateKey }))));
