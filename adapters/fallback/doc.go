// Package fallback serves from a second place what a cache holds, while the cache is away.
// It knows neither: both are ports. What the places are does not belong here.
package fallback
