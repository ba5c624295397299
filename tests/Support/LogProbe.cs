using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Support;

/// <summary>Collects what was logged. A test that ends with <see cref="AssertNoErrors"/> fails when something went wrong unseen.</summary>
public sealed class LogProbe : ILoggerProvider, ILoggerFactory
{
    readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Probe(categoryName, _lines);

    public ILogger<T> For<T>() => new Logger<T>(this);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("A probe is its own provider.");

    public void AssertNoErrors()
    {
        var errors = Lines.Where(line => line.Level >= LogLevel.Error).ToList();
        if (errors.Count > 0) throw new InvalidOperationException($"Logged as error:{Environment.NewLine}{string.Join(Environment.NewLine, errors)}");
    }

    public void Dispose() { }

    public sealed record LogLine(string Category, LogLevel Level, string Message, Exception? Exception);

    sealed class Probe(string category, ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(new LogLine(category, logLevel, formatter(state, exception), exception));
    }
}
