using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Tests.Notices;

/// <summary>
/// Somebody else's web server on a free port, in process: keeps what it was sent and answers as it is told.
/// </summary>
sealed class Receiver : IAsyncDisposable
{
    readonly WebApplication _app;

    Receiver(WebApplication app) => _app = app;

    public ConcurrentQueue<Received> Requests { get; } = new();

    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsync("{}");

    public string Url => _app.Urls.Single();

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<ILoggerFactory>(LoggerFactory.Create(_ => { }));
        var receiver = new Receiver(builder.Build());
        receiver._app.Run(receiver.TakeAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Requests.Enqueue(new Received(
            context.Request.Path + context.Request.QueryString, context.Request.ContentType,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
            body.ToArray()));
        await Answer(context);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

sealed record Received(string Target, string? ContentType, IReadOnlyDictionary<string, string> Headers, byte[] Body);
