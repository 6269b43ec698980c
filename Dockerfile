FROM golang:1.26-alpine AS build
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Two tags leave out what nothing here uses: gRPC's own trace pages, and HTTP/2.
RUN CGO_ENABLED=0 go build -trimpath -tags grpcnotrace,nethttpomithttp2 \
      -ldflags "-s -w -X github.com/sole-platform/sole/bootstrap.Version=${VERSION}" -o /sole . \
    && mkdir -p /own/data /own/tmp

# Nothing but the binary and whom it trusts: no shell, no package, no user but a number.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE /src/adapters/zxcvbn/NOTICE.md /licenses/
COPY --from=build --chown=65532:65532 /own /
COPY --from=build /sole /sole
USER 65532:65532
# A published port is reached through Docker's own gateway, which is in TRUSTED_PROXIES: without
# a proxy before the container X-Forwarded-For must not count. Set PROXIES_COUNT where there is one.
ENV DATA_DIR=/data DATABASE_URL=sqlite:///data/sole.db PROXIES_COUNT=0
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["/sole", "healthcheck"]
ENTRYPOINT ["/sole"]
CMD ["serve"]
