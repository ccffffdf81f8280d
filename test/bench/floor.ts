import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * The least that any service of this kind must do: parse the request, and stringify an answer. It is started with the
 * JSON texts of its answers, by the path of the request, as its input, and says on which port it listens.
 */
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const texts = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
const answers = new Map(Object.entries(texts).map(([path, text]) => [path, JSON.parse(text) as unknown]));

const server = createServer((request, response) => {
  const body: Buffer[] = [];
  request.on('data', (chunk: Buffer) => body.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(body).toString());
    const text = JSON.stringify(answers.get(request.url ?? ''));
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) };
    response.writeHead(200, headers);
    response.end(text);
  });
});

server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
