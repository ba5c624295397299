using EnergyWatch.Domain.Indicators;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Analytics.DualControl;

public static class DualControlFeature
{
    /// <summary>
    /// Calibers, figures from the usage ledger and the job that keeps the indicators; faults in the files are thrown
    /// when they are first asked for.
    /// </summary>
    public static IServiceCollection AddDualControl(this IServiceCollection services, CaliberOptions options)
    {
        services.AddSingleton<ICalibers>(_ => CaliberFiles.Load(options));
        services.AddSingleton<CountyFigures>();
        services.AddSingleton<IndicatorClock>();
        services.AddSingleton<IndicatorRecompute>();
        return services;
    }
}
