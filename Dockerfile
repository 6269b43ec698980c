FROM golang:1.26-alpine AS build
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Two build tags leave out unused parts: gRPC's trace pages, and HTTP/2.
RUN CGO_ENABLED=0 go build -trimpath -tags grpcnotrace,nethttpomithttp2 \
      -ldflags "-s -w -X github.com/sole-platform/sole/bootstrap.Version=${VERSION}" -o /sole . \
    && mkdir -p /own/data /own/tmp

# Only the binary and the certificates of public authorities: no shell, no packages, a numeric user.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE /src/adapters/zxcvbn/NOTICE.md /licenses/
COPY --from=build --chown=65532:65532 /own /
COPY --from=build /sole /sole
USER 65532:65532
# Clients of a published port seem to come from Docker's gateway, which is in TRUSTED_PROXIES. Without
# a proxy in front of the container X-Forwarded-For must be ignored. With one, set PROXIES_COUNT.
ENV DATA_DIR=/data DATABASE_URL=sqlite:///data/sole.db PROXIES_COUNT=0
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["/sole", "healthcheck"]
ENTRYPOINT ["/sole"]
CMD ["serve"]
