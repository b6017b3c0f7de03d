# Not tested here: no container engine was at hand when it was written. It does no more than README's lines do.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The image's own Node strips types: the development dependency that brings one is not needed.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 QUANHUB_DATA_DIR=/data
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
# Graceful within ten seconds of SIGTERM: leave the default grace period as it is.
CMD ["node", "dist/src/main.js", "serve"]
