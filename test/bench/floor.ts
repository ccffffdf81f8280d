import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * The least that any service of this kind must do: parse the request, and stringify an answer. It is started with the
 * answer to give as its input, and says on which port it listens.
 */
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const answer: unknown = JSON.parse(Buffer.concat(chunks).toString());

const server = createServer((request, response) => {
  const body: Buffer[] = [];
  request.on('data', (chunk: Buffer) => body.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(body).toString());
    const text = Buffer.from(JSON.stringify(answer));
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': text.length });
    response.end(text);
  });
});

server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
