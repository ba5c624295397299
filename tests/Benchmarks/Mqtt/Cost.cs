using System.Diagnostics;
using System.Globalization;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>What so many items took of this process: seconds on the clock, seconds of CPU, bytes allocated.</summary>
readonly record struct Cost(double Seconds, double Cpu, long Bytes)
{
    /// <summary>All that was spent up to now; the difference of two is a measurement.</summary>
    public static Cost Now
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return new(
                Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, self.TotalProcessorTime.TotalSeconds,
                GC.GetTotalAllocatedBytes(precise: true));
        }
    }

    public static Cost operator -(Cost end, Cost start) =>
        new(end.Seconds - start.Seconds, end.Cpu - start.Cpu, end.Bytes - start.Bytes);

    public double Rate(int items) => items / Seconds;

    /// <summary>Prints the row; answers its rate, for the ratios of the rows below.</summary>
    /// <param name="ceiling">Rate of the ceiling in this run; null where this row is it, or there is none.</param>
    public double Print(string name, int items, long lost, double? ceiling)
    {
        var ratio = ceiling is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{Rate(items) / rate,6:F2}") : "     -";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-46} {Rate(items),11:N0}/s  ratio {ratio}  {Cpu / items * 100_000,6:F3} s CPU/100k")
            + string.Create(CultureInfo.InvariantCulture, $"  {Bytes / (double)items,8:F1} B each  lost {lost}"));
        return Rate(items);
    }
}
