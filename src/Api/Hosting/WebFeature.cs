using System.Text.Json;
using System.Text.Json.Serialization;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Json;
using EnergyWatch.Api.Problems;

namespace EnergyWatch.Api.Hosting;

/// <summary>What every role that answers HTTP has in common: who is asking, how a refusal looks, how JSON is written.</summary>
static class WebFeature
{
    public static IServiceCollection AddWeb(this IServiceCollection services) => services
        .AddRouting()
        .AddAccess()
        .AddProblemDetails(problems => problems.CustomizeProblemDetails = Problem.Complete)
        .ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new InstantJson());
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });

    public static void UseWeb(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseSafeHeaders();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
    }
}
