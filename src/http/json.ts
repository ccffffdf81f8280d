import type { Response } from 'express';

/**
 * Answers with JSON. Express's own `json` also makes an entity tag and negotiates, which no client of these routes
 * wants and which costs more than a small transformation.
 */
export function sendJson(response: Response, status: number, body: unknown, contentType = 'application/json'): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': `${contentType}; charset=utf-8`, 'Content-Length': text.length });
  response.end(text);
}
