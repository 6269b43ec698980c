// Package otel sends traces to a collector (OTLP over HTTP). Hooks report to it what starts and ends. A span names what was
// done and never contains values.
package otel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing creates spans and sends them in the background. It is safe for concurrent use.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Destination is a collector of traces.
type Destination struct {
	Endpoint string // a URL without the path /v1/traces
	Headers  string // for each request, in the form of OTEL_EXPORTER_OTLP_HEADERS
}

// New returns a Tracing that sends to a collector. It connects when there is something to send. The variables of the SDK
// apply too, for example OTEL_TRACES_SAMPLER and OTEL_SERVICE_NAME.
func New(ctx context.Context, to Destination, version string, logger *slog.Logger) (*Tracing, error) {
	client, err := newCollector(to.Endpoint, to.Headers)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, client)
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

// Close sends the remaining spans, at most until ctx ends.
func (t *Tracing) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// Request starts the span of a request, as part of the client's trace if the request names one (W3C Trace Context), and
// returns the function that ends it.
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

// Calls returns a hook that creates the spans of calls to a database or cache. It creates them only inside another span, so
// that background work has none.
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

// Carry returns the span in ctx as a line of text, for Job to continue its trace, or an empty text if there is none.
func (t *Tracing) Carry(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Job starts the span of an attempt of a job, as part of the trace that Carry returned as carried.
func (t *Tracing) Job(ctx context.Context, kind, carried string) (context.Context, func(error)) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": carried})
	ctx, span := t.tracer.Start(ctx, "job "+kind, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.String("sole.job.kind", kind)))
	return ctx, func(err error) { end(span, err) }
}

// end marks the span of a failed call as failed. It leaves the error out, because errors of drivers and mail servers repeat
// values.
func end(span trace.Span, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// TraceID returns the id of the trace that ctx is part of, or an empty id.
func TraceID(ctx context.Context) string {
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}
