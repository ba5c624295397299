using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>A gateway of another make against the whole program: its own topic and payload go in, its meter's readings come out.</summary>
public sealed class DialectTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("needs", "peer")]
    public async Task A_Tasmota_message_from_mosquitto_pub_becomes_readings_of_its_meter()
    {
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        await service.CommandAsync("import", Write(folder.File("county")));
        await service.KnowsGatewayAsync("GW-T");
        await using var sent = OurProgram.Start("mosquitto_pub",
        [
            "-h", "127.0.0.1", "-p", $"{service.MqttPort}", "-u", "canteen", "-P", "a-long-secret", "-q", "1", "-t", "tele/canteen/SENSOR",
            "-m", """{"Time":"2026-03-17T14:44:30","ENERGY":{"Total":1066.0,"Today":0.4,"Power":41.5,"Voltage":227.7}}""",
        ]);
        Assert.Equal(0, await sent.EndAsync(Soon));
        var answer = await service.GetUntilAsync(
            "/api/v1/readings?meter=M-T&quantity=energy_import&from=2026-03-17T06:44:30Z&to=2026-03-17T06:44:31Z",
            found => found.GetProperty("readings").GetArrayLength() > 0, Soon);
        Assert.Contains("1066", answer.GetProperty("readings").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dialects_are_listed_and_pass_their_tests()
    {
        var list = await CommandRun.OfAsync("dialects", "--json");
        Assert.Equal((0, ""), (list.Code, list.Error));
        Assert.Contains(list.Json.EnumerateArray(), row => row.GetProperty("name").GetString() == "tasmota");
        var test = await CommandRun.OfAsync("dialects", "test");
        Assert.Equal((0, ""), (test.Code, test.Error));
        Assert.Contains(" passed, 0 failed", test.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_whose_dialect_is_unknown_is_not_imported_and_those_that_are_known_are_named()
    {
        using var folder = new TempFolder();
        await using var import = Import(folder);
        Assert.NotEqual(0, await import.EndAsync(Soon));
        Assert.Matches(@"gateways\.csv:2 dialect: there is no dialect 'klingon'; known are .*\bsparkplug, tasmota\b", import.Printed);
    }

    [Fact]
    public async Task A_gateway_whose_dialect_is_not_there_any_more_is_named_by_check()
    {
        using var folder = new TempFolder();
        var own = Directory.CreateDirectory(folder.File("own")).FullName;
        var sample = await File.ReadAllTextAsync(Repository.PathOf("seeds", "dialects", "plain-values.yaml"));
        await File.WriteAllTextAsync(
            Path.Combine(own, "klingon.yaml"), sample.Replace("name: plain-values", "name: klingon", StringComparison.Ordinal));
        await using (var import = Import(folder, own)) Assert.Equal(0, await import.EndAsync(Soon));
        await using var check = OurProgram.EnergyWatch(["check", "--data", folder.File("data")]);
        Assert.Equal(0, await check.EndAsync(Soon));
        Assert.Contains("gateway GW-T names the dialect klingon", check.Printed, StringComparison.Ordinal);
        Assert.Contains("sparkplug", check.Printed, StringComparison.Ordinal);
    }

    static OurProgram Import(TempFolder folder, string? own = null)
    {
        var county = Write(folder.File("county"));
        var gateways = Path.Combine(county, "gateways.csv");
        File.WriteAllText(gateways, File.ReadAllText(gateways).Replace("tasmota", "klingon", StringComparison.Ordinal));
        var settings = own is null ? [] : new Dictionary<string, string> { ["ENERGYWATCH__Mqtt__UserDialectsFolder"] = own };
        return OurProgram.EnergyWatch(["import", county, "--data", folder.File("data")], settings);
    }

    static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "institutions.csv"), "code,name,type,system,parent,valid_from\nSCHOOL-1,My School,021,教育,,2026-01-01\n");
        File.WriteAllText(Path.Combine(folder, "gateways.csv"),
            "code,name,kind,endpoint,username,secret,valid_from,dialect\nGW-T,Canteen plug,mqtt,,canteen,a-long-secret,2026-01-01,tasmota\n");
        File.WriteAllText(Path.Combine(folder, "meters.csv"),
            "code,institution,name,carrier,role,parent,multiplier,rated_power_kw,register_max,interval_s,model,gateway,address,valid_from\n"
            + "M-T,SCHOOL-1,Canteen,electricity,main,,1,3.7,,60,,GW-T,,2026-01-01\n");
        return folder;
    }
}
