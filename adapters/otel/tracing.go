// Package otel sends traces to a collector (OTLP over HTTP). Others tell it what begins and
// ends through hooks; a span says what was done and never with which values.
package otel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing makes spans and sends them in the background. It is safe for concurrent use.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// New prepares to send to the collector at endpoint, a URL without the path /v1/traces; it
// connects when there is something to send. The SDK's own variables hold beside it, for
// example OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER and OTEL_SERVICE_NAME.
func New(ctx context.Context, endpoint, version string, logger *slog.Logger) (*Tracing, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(endpoint, "/")+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("prepare the trace exporter: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "sole"), attribute.String("service.version", version)),
		resource.WithHost(), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("describe this process for traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		logger.LogAttrs(context.Background(), slog.LevelWarn, "traces could not be sent", slog.Any("error", err))
	}))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return &Tracing{provider, provider.Tracer("github.com/sole-platform/sole")}, nil
}

// Close sends what is left, at most until ctx ends.
func (t *Tracing) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// Request begins the span of a request, as part of the client's trace where it names one
// (W3C Trace Context), and returns what ends it.
func (t *Tracing) Request(ctx context.Context, method, requestID, parent, state string) (context.Context, func(route string, status int)) {
	carrier := propagation.MapCarrier{"traceparent": parent, "tracestate": state}
	ctx = propagation.TraceContext{}.Extract(ctx, carrier)
	ctx, span := t.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("sole.request_id", requestID)))
	return ctx, func(route string, status int) {
		if route != "" {
			span.SetName(method + " " + route)
			span.SetAttributes(attribute.String("http.route", route))
		}
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= 500 {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Calls makes the spans of calls to a database or cache, within spans that are there: what
// the service does of its own accord makes none.
func (t *Tracing) Calls(system string) func(ctx context.Context, what string) (context.Context, func(error)) {
	return func(ctx context.Context, what string) (context.Context, func(error)) {
		if !trace.SpanContextFromContext(ctx).IsSampled() {
			return ctx, func(error) {}
		}
		ctx, span := t.tracer.Start(ctx, what, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("db.system.name", system), attribute.String("db.query.summary", what)))
		return ctx, func(err error) { end(span, err) }
	}
}

// Carry names the span in ctx in one line of text, for a job to go on with; empty outside one.
func (t *Tracing) Carry(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Job begins the span of an attempt at a job, as part of the trace that carried names.
func (t *Tracing) Job(ctx context.Context, kind, carried string) (context.Context, func(error)) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": carried})
	ctx, span := t.tracer.Start(ctx, "job "+kind, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(attribute.String("sole.job.kind", kind)))
	return ctx, func(err error) { end(span, err) }
}

// end says that it failed, but not why: the words of drivers and mail servers repeat values.
func end(span trace.Span, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// TraceID is the id of the trace that ctx is part of; empty outside one.
func TraceID(ctx context.Context) string {
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}
