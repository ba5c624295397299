using EnergyWatch.Domain.Time;
using Microsoft.OpenApi;

namespace EnergyWatch.Api.Hosting;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and its page at <c>/docs</c>.</summary>
static class ApiDescription
{
    const string BearerScheme = "token";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type != typeof(Instant)) return Task.CompletedTask;
            schema.Type = JsonSchemaType.String;
            schema.Format = "date-time";
            schema.Properties?.Clear();
            schema.Required?.Clear();
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "EnergyWatch",
                Version = "v1",
                Description = "Energy monitoring for public buildings: readings in; usage, dual-control indicators, quotas and notices out. "
                    + "Every number is a metric with coverage and versions; it is null exactly when it says why.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [BearerScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "The token of POST /api/v1/auth/login, or an API key made by: energywatch key create",
                },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerScheme, document)] = [] }];
            return Task.CompletedTask;
        });
    });

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi();
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "EnergyWatch API";
            page.SwaggerEndpoint("/openapi/v1.json", "EnergyWatch v1");
        });
    }
}
