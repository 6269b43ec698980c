FROM golang:1.26-alpine AS build
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The build tag leaves out HTTP/2, which nothing uses.
RUN CGO_ENABLED=0 go build -trimpath -tags nethttpomithttp2 \
      -ldflags "-s -w -X github.com/sole-platform/sole/bootstrap.version=${VERSION}" -o /sole . \
    && mkdir -p /own/data /own/tmp

# The binary and the certificates of public authorities only: no shell, no packages, a numeric user.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE /src/adapters/zxcvbn/NOTICE.md /licenses/
COPY --from=build --chown=65532:65532 /own /
COPY --from=build /sole /sole
USER 65532:65532
# Connections to a published port come from Docker's gateway, whose address is in TRUSTED_PROXIES. So
# without a proxy in front of the container X-Forwarded-For must be ignored. With one, set PROXIES_COUNT.
ENV DATA_DIR=/data DATABASE_URL=sqlite:///data/sole.db PROXIES_COUNT=0
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["/sole", "healthcheck"]
ENTRYPOINT ["/sole"]
CMD ["serve"]
