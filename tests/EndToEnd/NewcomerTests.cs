using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>What the README promises a newcomer: a meter, a gateway and a script turn up in readings, usage, indicators and on the screen.</summary>
[Trait("needs", "peer")]
public sealed class NewcomerTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    static readonly TimeSpan AfterTheJobs = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_modbus_meter_a_gateway_and_a_push_turn_up_everywhere_without_a_restart()
    {
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        var modbus = Service.FreePort();
        await using var meter = OurProgram.Start("/usr/bin/python3", [Repository.PathOf("tests", "EndToEnd", "peers", "modbus_meter.py"), $"{modbus}"]);
        await meter.LineAsync("ready", Soon);
        await service.CommandAsync("import", County.Write(folder.File("county"), modbus));
        await service.KnowsGatewayAsync("GW-MQTT");

        await PublishAsync(service, """{"meter":"M-WATER","values":{"volume":1234.5}}""");
        var key = await service.CommandAsync("key", "create", "--name", "script", "--role", "ingest");
        await PushAsync(service, key);

        await service.GetUntilAsync("/api/v1/readings?meter=M-MODBUS&quantity=energy_import", HasReadings, Soon);
        var water = await service.GetUntilAsync("/api/v1/readings?meter=M-WATER&quantity=volume", HasReadings, Soon);
        Assert.Equal(1234.5, water.GetProperty("readings")[0].GetProperty("v").GetDouble());
        await service.GetUntilAsync("/api/v1/readings?meter=M-PUSH&quantity=energy_import", HasReadings, Soon);

        var usage = await service.GetUntilAsync(
            "/api/v1/usage?meter=M-PUSH&grain=hour", answer => answer.GetProperty("v").EnumerateArray().Any(v => v.ValueKind == JsonValueKind.Number), AfterTheJobs);
        // 10 register units in an hour through a multiplier of 40.
        Assert.Contains(usage.GetProperty("v").EnumerateArray(), v => v.ValueKind == JsonValueKind.Number && Math.Abs(v.GetDouble() - 400) < 1e-6);

        var year = Some.Calendar.DayOf(TimeProvider.System.Now()).Year.ToString(CultureInfo.InvariantCulture);
        var indicators = await service.GetUntilAsync(
            $"/api/v1/indicators?institution=SCHOOL-1&period={year}", answer => Value(answer, "electricity_total") is not null, AfterTheJobs);
        Assert.True(Value(indicators, "electricity_total") >= 400);

        var overview = await service.GetAsync("/api/v1/overview");
        Assert.Equal("SCHOOL-1", overview.GetProperty("institutions")[0].GetProperty("code").GetString());
    }

    static bool HasReadings(JsonElement answer) => answer.GetProperty("readings").GetArrayLength() > 0;

    static double? Value(JsonElement indicators, string key) => indicators.GetProperty("items").EnumerateArray()
        .Where(item => item.GetProperty("indicator").GetString() == key && item.GetProperty("v").ValueKind == JsonValueKind.Number)
        .Select(item => (double?)item.GetProperty("v").GetDouble()).FirstOrDefault();

    static async Task PublishAsync(Service service, string message)
    {
        await using var publisher = OurProgram.Start("mosquitto_pub",
            ["-h", "127.0.0.1", "-p", $"{service.MqttPort}", "-u", "roof", "-P", "a-long-secret", "-q", "1", "-t", "energywatch/v1/GW-MQTT/readings", "-m", message]);
        Assert.True(await publisher.EndAsync(Soon) == 0, publisher.Printed);
    }

    static async Task PushAsync(Service service, string key)
    {
        // Two readings an hour apart, both in the past, on the borders of a local hour.
        var hour = Some.Calendar.HourOf(TimeProvider.System.Now() - TimeSpan.FromHours(2));
        using var http = new HttpClient { BaseAddress = service.Http.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var answer = await http.PostAsJsonAsync("/api/v1/readings", new[]
        {
            new { meter = "M-PUSH", ts = hour.UnixMilliseconds, values = new { energy_import = 100.0 } },
            new { meter = "M-PUSH", ts = (hour + TimeSpan.FromHours(1)).UnixMilliseconds, values = new { energy_import = 110.0 } },
        });
        var receipt = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(2, receipt.GetProperty("stored").GetInt32());
    }
}
