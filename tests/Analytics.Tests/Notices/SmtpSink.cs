using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EnergyWatch.Analytics.Tests.Notices;

/// <summary>
/// A mail server on a free port that takes one connection after the other and keeps the mails (RFC 5321, without
/// extensions).
/// </summary>
sealed class SmtpSink : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Task _serving;

    public SmtpSink()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public List<string> Mails { get; } = [];

    public List<string> Commands { get; } = [];

    /// <summary>The answer to a command in place of the ordinary one.</summary>
    public Func<string, string?> Refuse { get; set; } = _ => null;

    async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await TalkAsync(client.GetStream());
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (IOException)
            {
                // The sender hung up in the middle; the next one may do better.
            }
        }
    }

    async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        await SayAsync(stream, "220 sink");
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            Commands.Add(line);
            if (Refuse(line) is { } refusal) await SayAsync(stream, refusal);
            else if (line.StartsWith("DATA", StringComparison.Ordinal)) await TakeAsync(stream, reader);
            else if (line.StartsWith("QUIT", StringComparison.Ordinal)) { await SayAsync(stream, "221 bye"); return; }
            else await SayAsync(stream, "250 ok");
        }
    }

    async Task TakeAsync(NetworkStream stream, StreamReader reader)
    {
        await SayAsync(stream, "354 go on");
        var mail = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
            mail.Append(line.StartsWith("..", StringComparison.Ordinal) ? line[1..] : line).Append("\r\n");
        Mails.Add(mail.ToString());
        await SayAsync(stream, "250 taken");
    }

    async Task SayAsync(NetworkStream stream, string line) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }
}
