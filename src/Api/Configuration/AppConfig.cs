using System.ComponentModel.DataAnnotations;
using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Notices;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Api.Configuration;

/// <summary>Everything that can be configured, read once at start. Nothing else looks at <see cref="IConfiguration"/>.</summary>
sealed record AppConfig(
    Roles Roles, string Data, ReportingCalendar Calendar, CountyOptions County, HttpOptions Http, IngestConfig Ingest,
    CaliberOptions Calibers, NoticeOptions Notices)
{
    static readonly string[] Sections =
        ["Roles", "Data", "Zone", "County", "Http", "Mqtt", "Brokers", "Modbus", "Pipeline", "Calibers", "Notices"];

    /// <exception cref="ConfigurationRefusedException">with every fault.</exception>
    public static AppConfig Read(IConfiguration configuration)
    {
        var reader = new ConfigReader(configuration);
        var config = new AppConfig(
            ReadRoles(reader), reader.Text("Data", "./data")!, ReadCalendar(reader), reader.Bind<CountyOptions>("County"),
            reader.Bind<HttpOptions>("Http"),
            new IngestConfig(
                reader.Bind<PipelineOptions>("Pipeline"), WithModels(reader.Bind<ModbusOptions>("Modbus")), WithDialects(reader.Bind<MqttOptions>("Mqtt")),
                reader.Many<BrokerOptions>("Brokers")),
            WithFolder(reader.Bind<CaliberOptions>("Calibers")), reader.Bind<NoticeOptions>("Notices"));
        config.Check(reader);
        reader.RefuseUnknown(Sections);
        return reader.Faults.Count == 0 ? config : throw new ConfigurationRefusedException(reader.Faults);
    }

    /// <summary>What an operator should know before trouble comes, though it stops nothing.</summary>
    public IEnumerable<string> Warnings()
    {
        if (!IsLoopback(Http.Bind)) yield return $"HTTP listens on {Http.Bind} without TLS: put a TLS proxy in front of it.";
        if (Ingest.Mqtt is { Enabled: true, OpenTestAccess: true, IsOpen: false })
            yield return "Mqtt:OpenTestAccess is refused: it takes effect only where MQTT listens on a loopback address.";
        if (Ingest.Mqtt is { Enabled: true, PlainEnabled: true } && !IsLoopback(Ingest.Mqtt.Bind)) yield return $"MQTT listens on {Ingest.Mqtt.Bind} without TLS: gateways' secrets can be read on the way.";
        foreach (var broker in Ingest.Brokers.Where(broker => broker.CleanStart))
            yield return $"Brokers: {broker.Name} has CleanStart: what the broker queues while the service is down is lost at every start.";
    }

    void Check(ConfigReader reader)
    {
        CheckAddress(reader, "Http:Bind", Http.Bind);
        CheckAddress(reader, "Mqtt:Bind", Ingest.Mqtt.Bind);
        foreach (var (setting, value, allowed) in Ingest.Mqtt.Faults()) reader.Fault($"Mqtt:{setting}", value, allowed);
        CheckRange(reader, "Pipeline:Capacity", Ingest.Pipeline.Capacity, 1000, 10_000_000);
        CheckRange(reader, "Pipeline:MaxBatch", Ingest.Pipeline.MaxBatch, 1, 1_000_000);
        CheckRange(reader, "Pipeline:FieldStateInterval", (int)Ingest.Pipeline.FieldStateInterval.TotalSeconds, 1, 3600);
        CheckRange(reader, "Pipeline:ClockDriftLimit", (int)Ingest.Pipeline.ClockDriftLimit.TotalSeconds, 0, 86_400);
        if (Ingest.Mqtt.Enabled && Http.Port != 0 && Http.Port == Ingest.Mqtt.Port) reader.Fault("Mqtt:Port", $"{Ingest.Mqtt.Port}", "a port other than Http:Port");
        CheckBrokers(reader, Ingest.Brokers);
    }

    static void CheckBrokers(ConfigReader reader, IReadOnlyList<BrokerOptions> brokers)
    {
        // One that lacks what must be given is reported already.
        var whole = brokers.Where(broker => broker is { Name: not null, Host: not null, ClientId: not null }).ToList();
        foreach (var (place, broker) in brokers.Index().Where(one => whole.Contains(one.Item)))
            foreach (var (setting, value, allowed) in broker.Faults()) reader.Fault($"Brokers:{place}:{setting}", value, allowed);
        if (whole.Count < brokers.Count) return;
        foreach (var (place, setting, value, allowed) in BrokerChecks.Clashes(brokers)) reader.Fault($"Brokers:{place}:{setting}", value, allowed);
    }

    static Roles ReadRoles(ConfigReader reader)
    {
        Roles roles = 0;
        foreach (var name in reader.List("Roles") ?? ["all"])
        {
            if (Enum.TryParse<Roles>(name, ignoreCase: true, out var role) && name.All(char.IsAsciiLetter)) roles |= role;
            else reader.Fault("Roles", name, "ingest, analytics, api, or all");
        }
        return roles;
    }

    static ReportingCalendar ReadCalendar(ConfigReader reader)
    {
        var zone = reader.Text("Zone", "Asia/Shanghai")!;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)) return new ReportingCalendar(found);
        reader.Fault("Zone", zone, "an IANA time zone such as Asia/Shanghai");
        return new ReportingCalendar(TimeZoneInfo.Utc);
    }

    // What comes with the program lies beside it, wherever it is started from.
    static ModbusOptions WithModels(ModbusOptions options) =>
        options with { ModelsFolder = Path.Combine(AppContext.BaseDirectory, options.ModelsFolder) };

    static MqttOptions WithDialects(MqttOptions options) =>
        options with { DialectsFolder = Path.Combine(AppContext.BaseDirectory, options.DialectsFolder) };

    static CaliberOptions WithFolder(CaliberOptions options) =>
        options with { Folder = Path.Combine(AppContext.BaseDirectory, options.Folder) };

    static void CheckRange(ConfigReader reader, string path, int value, int least, int most)
    {
        if (value < least || value > most) reader.Fault(path, $"{value}", $"a whole number from {least} to {most}");
    }

    static void CheckAddress(ConfigReader reader, string path, string address)
    {
        if (!System.Net.IPAddress.TryParse(address, out _)) reader.Fault(path, address, "an IP address, 0.0.0.0 for all");
    }

    static bool IsLoopback(string address) => System.Net.IPAddress.TryParse(address, out var ip) && System.Net.IPAddress.IsLoopback(ip);
}

/// <summary>What the ingest role is configured with.</summary>
sealed record IngestConfig(PipelineOptions Pipeline, ModbusOptions Modbus, MqttOptions Mqtt, IReadOnlyList<BrokerOptions> Brokers);

sealed record CountyOptions
{
    /// <summary>The county's name as screens and notices show it.</summary>
    public string Name { get; init; } = "示范县";
}

sealed record HttpOptions
{
    public string Bind { get; init; } = "127.0.0.1";

    [Range(0, 65535)]
    public int Port { get; init; } = 8080;
}
