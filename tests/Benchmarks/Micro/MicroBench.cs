using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace EnergyWatch.Benchmarks.Micro;

/// <summary><c>micro modbus</c>, <c>micro payload</c>: time and bytes of single steps, measured by BenchmarkDotNet inside this process.</summary>
static class MicroBench
{
    public static int Run(string[] arguments)
    {
        if (arguments is not ["modbus" or "payload"]) return Refuse();
        // Not in a generated project, which would inherit the house rules of this one.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.Console)
            .AddLogger(ConsoleLogger.Default)
            .WithOptions(ConfigOptions.DisableLogFile);
        if (arguments is ["modbus"]) BenchmarkRunner.Run<ModbusMicro>(config);
        else BenchmarkRunner.Run<PayloadMicro>(config);
        return 0;
    }

    static int Refuse()
    {
        Console.Error.WriteLine("Say which: micro modbus, micro payload");
        return 2;
    }
}
