package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
	"github.com/testcontainers/testcontainers-go/modules/redis"
	"github.com/testcontainers/testcontainers-go/wait"
)

// The images that the tests run against; docker-compose.yml names the same.
const (
	postgresImage = "postgres:18-alpine"
	redisImage    = "redis:7-alpine"
)

// engine returns an error at once if no Docker engine answers.
func engine(ctx context.Context) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("no Docker engine: %v", cause)
		}
	}()
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, provider.Close()) }()
	return provider.Health(ctx)
}

func postgresContainer() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := engine(ctx); err != nil {
		return "", err
	}
	container, err := postgres.Run(ctx, postgresImage,
		postgres.WithDatabase("postgres"), postgres.WithUsername("postgres"), postgres.WithPassword("postgres"),
		testcontainers.WithCmdArgs("-c", "max_connections=200"),
		testcontainers.WithWaitStrategy(wait.ForLog("database system is ready to accept connections").WithOccurrence(2)))
	if err != nil {
		return "", err
	}
	AtEnd(func() { _ = testcontainers.TerminateContainer(container) })
	return container.ConnectionString(ctx, "sslmode=disable")
}

func redisContainer() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := engine(ctx); err != nil {
		return "", err
	}
	container, err := redis.Run(ctx, redisImage)
	if err != nil {
		return "", err
	}
	AtEnd(func() { _ = testcontainers.TerminateContainer(container) })
	return container.ConnectionString(ctx)
}
