using EnergyWatch.Api.Access;
using EnergyWatch.Api.Cli;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Hosting;

/// <summary>The administrator that a new installation begins with.</summary>
static class FirstAccount
{
    public const string Name = "admin";
    public const string PasswordVariable = "ENERGYWATCH_ADMIN_PASSWORD";

    const int ShortestPassword = 8;

    /// <summary>Creates it where there is no account yet. Returns a password that was made up for it, to be shown once; else null.</summary>
    /// <exception cref="CommandFailedException">when the password that was given is too short.</exception>
    public static async Task<string?> EnsureAsync(IServiceProvider services, CancellationToken stop)
    {
        var access = services.GetRequiredService<IAccessStore>();
        if ((await access.UsersAsync(stop)).Count > 0) return null;
        var given = Environment.GetEnvironmentVariable(PasswordVariable);
        if (given is { Length: > 0 and < ShortestPassword })
            throw new CommandFailedException($"{PasswordVariable} must have at least {ShortestPassword} characters.");
        var password = string.IsNullOrEmpty(given) ? ApiKeys.NewToken()[..16] : given;
        var now = services.GetRequiredService<TimeProvider>().Now();
        await access.SaveUserAsync(
            new UserAccount(Name, SecretHash.Create(password), AccessRole.Administrator, Scope.County, Disabled: false, now), stop);
        return password == given ? null : password;
    }
}
