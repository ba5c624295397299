using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Ingest.Tests.Mqtt;
using EnergyWatch.Ingest.Tests.Pipeline;
using EnergyWatch.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Push;

/// <summary>The push endpoints on a real loopback port, over the real pipeline on stores in memory.</summary>
sealed class PushUnderTest : IAsyncDisposable, IPushScope
{
    WebApplication _app = null!;

    PushUnderTest(PipelineOptions? options) => Bench = new PipelineBench(options, CsvCases.Registry);

    public PipelineBench Bench { get; }
    public ListenerUnderTest.KeptStates States { get; } = new();
    public HttpClient Http { get; } = new();
    public string? Gateway { get; set; }
    public Uri Base { get; private set; } = null!;
    public IServiceProvider Services => _app.Services;

    public static async Task<PushUnderTest> StartAsync(PushOptions? options = null, PipelineOptions? pipeline = null)
    {
        var test = new PushUnderTest(pipeline);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerProvider>(_ => test.Bench.Log);
        builder.Services.AddSingleton<TimeProvider>(_ => test.Bench.Clock);
        builder.Services.AddSingleton<IPushScope>(_ => test);
        builder.Services.AddSingleton<IReadingSink>(_ => test.Bench.Pipeline);
        builder.Services.AddSingleton<IFieldStates>(_ => test.States);
        builder.Services.AddSingleton(Some.Calendar);
        builder.Services.AddSingleton(test.Bench.Options);
        builder.Services.AddSingleton<FieldStateRecorder>();
        builder.Services.AddPush(options);
        test._app = builder.Build();
        test._app.MapReadingsPush();
        await test.Bench.StartAsync();
        await test._app.StartAsync(Eventually.Soon());
        test.Base = new Uri(test._app.Urls.Single());
        return test;
    }

    public Task<HttpResponseMessage> PostAsync(
        string body, string type = "application/json", string path = "/api/v1/readings") =>
        PostAsync(Encoding.UTF8.GetBytes(body), type, path: path);

    public async Task<HttpResponseMessage> PostAsync(
        byte[] body, string? type, string? encoding = null, string path = "/api/v1/readings")
    {
        using var content = new ByteArrayContent(body);
        if (type is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        return await Http.PostAsync(new Uri(Base, path), content, Eventually.Soon());
    }

    public static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write(bytes);
        return packed.ToArray();
    }

    public static async Task<PushAnswer> AnswerAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<PushAnswer>(Eventually.Soon()))!;
    }

    /// <summary>The detail of a problem, after its status, type and code were checked.</summary>
    public static async Task<string> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        Assert.Equal((status, "application/problem+json"),
            (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Eventually.Soon());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem.GetProperty("detail").GetString()!;
    }

    RegistrySnapshot IPushScope.Registry(HttpContext http) => Bench.Registry.Current;
    string IPushScope.Source(HttpContext http) => $"http:{Gateway ?? "key-1"}";
    string? IPushScope.Gateway(HttpContext http) => Gateway;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(Eventually.Soon());
        await _app.DisposeAsync();
        await Bench.DisposeAsync();
    }
}
