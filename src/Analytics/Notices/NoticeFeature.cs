using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Quotas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Notices;

/// <summary>Quota notices: issuing, delivery, receipts; with the quotas they report on.</summary>
public static class NoticeFeature
{
    public static IServiceCollection AddQuotaNotices(
        this IServiceCollection services, NoticeOptions options, QuotaOptions? quotas = null) => services
        .AddQuotas(quotas ?? new QuotaOptions())
        .AddSingleton(options)
        .AddSingleton<NoticeHttp>()
        .AddSingleton<INoticeSender, MailSender>()
        .AddSingleton<INoticeSender, WebhookSender>()
        .AddSingleton<INoticeSender, WeComSender>()
        .AddSingleton<INoticeSender, DingTalkSender>()
        .AddSingleton<INoticeSender, PortalSender>()
        .AddSingleton<NoticeChannels>()
        .AddSingleton<NoticeDelivery>()
        .AddSingleton<NoticeReceipts>()
        .AddSingleton<NoticeDrafts>()
        .AddSingleton<NoticeMonths>()
        .AddSingleton(provider => new NoticeIssuing(
            provider.GetRequiredService<NoticeDrafts>(), provider.GetRequiredService<INoticeOutbox>(), options,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NoticeIssuing>>()));
}
