using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>A field of good and bad Modbus endpoints behind the whole service: who is how, in words, and nobody harmed by a neighbour.</summary>
[Trait("needs", "peer")]
public sealed class ModbusFieldTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task One_good_endpoint_among_a_dead_a_silent_and_a_confused_one_is_read_in_every_slot_and_the_others_say_what_is_wrong()
    {
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        var good = Service.FreePort();
        await using var meter = OurProgram.Start("/usr/bin/python3", [Repository.PathOf("tests", "EndToEnd", "peers", "modbus_meter.py"), $"{good}"]);
        await meter.LineAsync("ready", Soon);
        using var silent = Listen();
        using var confused = Listen();
        using var stop = new CancellationTokenSource();
        var serving = Task.WhenAll(ServeAsync(silent, answers: false, stop.Token), ServeAsync(confused, answers: true, stop.Token));
        await service.CommandAsync("import", Field(folder.File("field"), good, Port(silent), Port(confused)));
        await service.KnowsGatewayAsync("GW-GOOD");

        const string readings = "/api/v1/readings?meter=M-GOOD&quantity=energy_import";
        var before = await service.GetUntilAsync(readings, answer => Times(answer).Count >= 6, Soon);
        // The first one comes at once, the others in their slots.
        Assert.All(Times(before).Skip(1).Zip(Times(before).Skip(2)), pair => Assert.InRange(pair.Second - pair.First, 500, 2000));
        Assert.All(before.GetProperty("readings").EnumerateArray(), reading => Assert.Equal(4321.5, reading.GetProperty("v").GetDouble()));

        var meters = await service.GetUntilAsync("/api/v1/meters?limit=100", answer =>
            State(answer, "M-GOOD") == "online" && Words(answer, "M-DEAD").Length > 0 && Words(answer, "M-SILENT").Length > 0
            && Words(answer, "M-OTHER").Length > 0, Soon);
        Assert.Contains("cannot be reached", Words(meters, "M-DEAD"), StringComparison.Ordinal);
        Assert.Contains("no answer within", Words(meters, "M-SILENT"), StringComparison.Ordinal);
        Assert.Contains("unit 77, asked was unit 3", Words(meters, "M-OTHER"), StringComparison.Ordinal);
        Assert.All(["M-DEAD", "M-SILENT", "M-OTHER"], code => Assert.Equal("never", State(meters, code)));

        var metrics = await service.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Contains($"energywatch_modbus_transaction_seconds_bucket{{endpoint=\"127.0.0.1:{good}\"", metrics, StringComparison.Ordinal);
        Assert.Contains("energywatch_modbus_timeouts_total", metrics, StringComparison.Ordinal);

        await service.Process.KillAsync();
        await service.StartAsync();
        var last = Times(before)[^1];
        var after = await service.GetUntilAsync(readings, answer => Times(answer).Count(at => at > last) >= 3, Soon);
        Assert.Equal(Times(before), Times(after).Take(Times(before).Count));
        await stop.CancelAsync();
        await serving;
    }

    static List<long> Times(JsonElement answer) =>
    [
        .. answer.GetProperty("readings").EnumerateArray().Select(reading =>
            DateTimeOffset.Parse(reading.GetProperty("t").GetString()!, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds()),
    ];

    static JsonElement Of(JsonElement answer, string code) =>
        answer.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("code").GetString() == code);

    static string? State(JsonElement answer, string code) => Of(answer, code).GetProperty("state").GetString();

    static string Words(JsonElement answer, string code) => Of(answer, code).GetProperty("lastFault").GetString() ?? "";

    static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    static int Port(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    // Accepts and stays silent, or answers every question as unit 77.
    static async Task ServeAsync(Socket listener, bool answers, CancellationToken stop)
    {
        var open = new List<Task>();
        try
        {
            while (true) open.Add(TalkAsync(await listener.AcceptAsync(stop), answers, stop));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    static async Task TalkAsync(Socket client, bool answers, CancellationToken stop)
    {
        using var _ = client;
        var question = new byte[12];
        try
        {
            while (await client.ReceiveAsync(question, SocketFlags.None, stop) == question.Length)
            {
                if (!answers) continue;
                var data = 2 * question[11];
                await client.SendAsync((byte[])[question[0], question[1], 0, 0, 0, (byte)(3 + data), 77, question[7], (byte)data, .. new byte[data]], SocketFlags.None, stop);
            }
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException)
        {
            return; // The service left, or the test is over.
        }
    }

    static string Field(string folder, int good, int silent, int confused)
    {
        Directory.CreateDirectory(folder);
        var dead = Service.FreePort();
        Write("institutions", "code,name,type,system,parent,valid_from", "SCHOOL-1,第一小学,021,教育,,2024-01-01");
        Write("gateways", "code,name,kind,endpoint,username,secret,valid_from",
            $"GW-GOOD,Good,modbus_tcp,127.0.0.1:{good},,,2024-01-01", $"GW-DEAD,Dead,modbus_tcp,127.0.0.1:{dead},,,2024-01-01",
            $"GW-SILENT,Silent,modbus_tcp,127.0.0.1:{silent},,,2024-01-01", $"GW-OTHER,Confused,modbus_tcp,127.0.0.1:{confused},,,2024-01-01");
        Write("meters", "code,institution,name,carrier,role,parent,multiplier,rated_power_kw,register_max,interval_s,model,gateway,address,valid_from",
            "M-GOOD,SCHOOL-1,Good,electricity,sub,,1,,,1,generic-energy-float,GW-GOOD,1,2024-01-01",
            "M-DEAD,SCHOOL-1,Dead,electricity,sub,,1,,,1,generic-energy-float,GW-DEAD,1,2024-01-01",
            "M-SILENT,SCHOOL-1,Silent,electricity,sub,,1,,,1,generic-energy-float,GW-SILENT,2,2024-01-01",
            "M-OTHER,SCHOOL-1,Other,electricity,sub,,1,,,1,generic-energy-float,GW-OTHER,3,2024-01-01");
        return folder;

        void Write(string name, params string[] lines) => File.WriteAllLines(Path.Combine(folder, $"{name}.csv"), lines);
    }
}
