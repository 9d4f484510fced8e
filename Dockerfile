# syntax=docker/dockerfile:1
# Two images from one build: `control` holds the command line and every service; `node` adds what real containers need.

FROM node:24-bookworm-slim AS build
WORKDIR /taffrail
COPY . .
RUN npm install --ignore-scripts --no-audit --no-fund --no-save \
 && npm run build \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim AS control
WORKDIR /taffrail
COPY --from=build /taffrail/package.json ./
COPY --from=build /taffrail/node_modules ./node_modules
COPY --from=build /taffrail/dist ./dist
COPY --from=build /taffrail/libs ./libs
COPY --from=build /taffrail/services ./services
COPY --from=build /taffrail/migrations ./migrations
ENTRYPOINT ["node", "/taffrail/dist/cli.js"]
CMD ["--help"]

FROM control AS node
RUN apt-get update \
 && apt-get install -y --no-install-recommends containerd runc containernetworking-plugins nftables iproute2 \
 && rm -rf /var/lib/apt/lists/*
