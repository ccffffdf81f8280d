import type { Response } from 'express';

/**
 * Answers with JSON. Express's own `json` also makes an entity tag and negotiates, which no client of these routes
 * wants and which costs more than a small transformation.
 */
export function sendJson(response: Response, status: number, body: unknown, contentType = 'application/json'): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'Content-Type': `${contentType}; charset=utf-8`, 'Content-Length': length });
  // Text goes out together with the headers, bytes after them.
  response.end(text);
}
