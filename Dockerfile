FROM node:26.10.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY destinations destinations
# What the playground starts from.
COPY fixtures fixtures
COPY examples/payloads examples/payloads
RUN npm run build
RUN npm prune --omit=dev

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 9090
# Balancers have to notice within DRAIN_DELAY that no more work is taken, which one answer tells.
HEALTHCHECK --interval=4s --timeout=10s --start-period=30s --retries=1 \
  CMD ["node", "-e", "fetch('http://localhost:' + (process.env.PORT || 9090) + '/ready').then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["node", "dist/src/http/server.js"]
