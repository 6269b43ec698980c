# syntax=docker/dockerfile:1
FROM golang:1.26-alpine AS build
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/sole-platform/sole/bootstrap.Version=${VERSION}" -o /sole . \
    && mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /sole /sole
COPY --from=build /src/LICENSE /src/adapters/zxcvbn/NOTICE.md /licenses/
COPY --from=build --chown=nonroot:nonroot /data /data
WORKDIR /
USER nonroot
ENV DATA_DIR=/data DATABASE_URL=sqlite:///data/sole.db
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["/sole", "healthcheck"]
ENTRYPOINT ["/sole"]
CMD ["serve"]
