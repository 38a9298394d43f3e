# syntax=docker/dockerfile:1

FROM node:20.19.5-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY geo-data ./geo-data
# The program, and the databases of places and networks from the packages that npm ci brought.
RUN npm run build

FROM node:20.19.5-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# Port 53 without root. Where a runtime takes the capability away (no-new-privileges), net.ipv4.ip_unprivileged_port_start=0 does instead.
RUN apt-get update && apt-get install -y --no-install-recommends libcap2-bin \
  && setcap cap_net_bind_service=+ep /usr/local/bin/node \
  && apt-get purge -y --auto-remove libcap2-bin && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force
COPY LICENSE NOTICE ./
COPY bin ./bin
COPY zones ./zones
COPY --from=build /app/geo-data ./geo-data
# The console page lies beside the sources.
COPY src/http/console ./src/http/console
COPY --from=build /app/dist ./dist
# `kingcdn` on the path; the state folder belongs to the user that writes it, also when a volume is first mounted there.
RUN ln -s /app/bin/kingcdn.js /usr/local/bin/kingcdn && install -d -o node -g node /var/lib/kingcdn /etc/kingcdn
USER node
VOLUME /var/lib/kingcdn
EXPOSE 53/udp 53/tcp 9153/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9153/livez').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/kingcdn.js"]
# Mount a configuration there, its http address at 0.0.0.0:9153; paths in it are relative to it.
CMD ["serve", "-c", "/etc/kingcdn/kingcdn.yaml"]
