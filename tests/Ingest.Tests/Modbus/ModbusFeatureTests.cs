using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class ModbusFeatureTests
{
    [Fact]
    public void One_line_adds_the_models_and_the_poller()
    {
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(new TestClock())
            .AddSingleton(Some.Calendar)
            .AddSingleton<IRegistry>(new FixedRegistry(Some.Registry()))
            .AddSingleton<IFieldStates, MemoryFieldStates>()
            .AddSingleton(new PipelineOptions())
            .AddSingleton<FieldStateRecorder>()
            .AddModbus(new ModbusOptions { ModelsFolder = Repository.PathOf("seeds", "models") });
        using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        Assert.Equal("modbus", Assert.Single(provider.GetServices<IReadingSource>()).Name);
        Assert.NotNull(provider.GetRequiredService<RegisterMaps>().Find("eastron-sdm630"));
    }

    [Fact]
    public void A_users_model_that_takes_the_place_of_a_shipped_one_is_named_in_the_log()
    {
        using var user = new TempFolder();
        var log = new LogProbe();
        File.Copy(Repository.PathOf("seeds", "models", "sungrow-sg.yaml"), user.File("mine.yaml"));
        using var provider = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(log))
            .AddModbus(new ModbusOptions { ModelsFolder = Repository.PathOf("seeds", "models"), UserModelsFolder = user.Path })
            .BuildServiceProvider();
        Assert.Equal(user.File("mine.yaml"), provider.GetRequiredService<RegisterMaps>().Find("sungrow-sg")!.File);
        Assert.Contains(log.Lines, line => line.Message.Contains($"sungrow-sg: {user.File("mine.yaml")} takes the place of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_counter_counts_what_it_says()
    {
        var seen = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Name.StartsWith("energywatch_modbus", StringComparison.Ordinal)) me.EnableMeasurementEvents(instrument);
            },
        };
        var endpoint = "";
        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            // Other tests run at the same time: only this endpoint's, and an exception code nobody else uses.
            foreach (var tag in tags)
                if (Equals(tag.Value, endpoint) || Equals(tag.Value, 99)) seen.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
        }
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Count(instrument, 1, tags));
        listener.Start();

        var clock = new TestClock();
        await using var server = new ScriptedServer(ModbusFraming.Tcp, (request, connection) => request.Address switch
        {
            1 => connection.SendAsync(connection.Frame(request.Id, 1, 0x83, 99)),
            2 => Task.CompletedTask,
            _ => ScriptedServer.AnswerAsync(request, connection),
        });
        endpoint = server.Endpoint.ToString();
        await using var transport = LineTransport.Over(server.Endpoint, TimeSpan.FromSeconds(3), clock);
        for (ushort address = 0; address < 2; address++)
        {
            await transport.AskAsync(new(1, MeterFunction.HoldingRegisters, address, 1), ModbusTiming.Default, default);
            await server.RequestAsync();
        }
        var silent = transport.AskAsync(new(1, MeterFunction.HoldingRegisters, 2, 1), ModbusTiming.Default, default).AsTask();
        await server.RequestAsync();
        clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<ModbusLinkException>(() => silent);

        Assert.Equal(3, seen["energywatch_modbus_requests_total"]);
        Assert.Equal(1, seen["energywatch_modbus_exceptions_total"]);
        Assert.Equal(1, seen["energywatch_modbus_timeouts_total"]);
        Assert.Equal(2, seen["energywatch_modbus_transaction_seconds"]);
    }
}
