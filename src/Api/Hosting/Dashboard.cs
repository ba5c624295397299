namespace EnergyWatch.Api.Hosting;

/// <summary>Serves the built dashboard, with headers that let it load nothing from elsewhere.</summary>
static class Dashboard
{
    const string Policy =
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'";

    public static void UseSafeHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        if (context.Request.Path.StartsWithSegments("/api")) headers.CacheControl = "no-store";
        return next(context);
    });

    /// <summary>A path of the dashboard answers its page; a path of the API that does not exist answers 404 as a problem.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        app.MapFallbackToFile("{**path:regex(^(?!api/))}", "index.html");
    }
}
