using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Quotas;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>Setting and following of quotas.</summary>
public static class QuotaFeature
{
    public static IServiceCollection AddQuotas(this IServiceCollection services, QuotaOptions options) => services
        .AddSingleton<QuotaCases>()
        .AddSingleton<QuotaFollowing>()
        .AddSingleton(provider => new QuotaSetting(
            provider.GetRequiredService<QuotaCases>(), provider.GetRequiredService<IQuotaStore>(),
            provider.GetRequiredService<IAuditLog>(), provider.GetRequiredService<TimeProvider>(), options));
}
