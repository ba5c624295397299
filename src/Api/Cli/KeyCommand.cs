using System.CommandLine;
using EnergyWatch.Api.Access;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch key create|list|revoke</c>: access for machines.</summary>
static class KeyCommand
{
    public static Command Create() => new("key", "API keys for machines") { CreateKey(), List(), Revoke() };

    static Command CreateKey()
    {
        var name = new Option<string>("--name") { Description = "What the key is for", Required = true };
        var role = Role("What it may do");
        var scope = new Option<string>("--scope") { Description = "An institution's code, or system:教育", DefaultValueFactory = _ => Scope.County.Text };
        var command = new Command("create", "Create a key and print it once") { name, role, scope };
        command.SetAction((parsed, stop) => StoreCommand.RunAsync(CommandLine.Config(parsed), async services =>
        {
            var now = services.GetRequiredService<TimeProvider>().Now();
            var (key, text) = ApiKeys.Create(
                parsed.GetRequiredValue(name), parsed.GetRequiredValue(role), new Scope(parsed.GetRequiredValue(scope)), now);
            await services.GetRequiredService<IAccessStore>().AddKeyAsync(key, stop);
            await Audit(services, now, "key.create", key.Id, $"{key.Name} {key.Role.Key()} {key.Scope.Text}", stop);
            Output.Print(parsed, new { key.Id, key.Name, Role = key.Role.Key(), Scope = key.Scope.Text, Key = text }, () => text);
            return ExitCode.Ok;
        }, stop));
        return command;
    }

    static Command List()
    {
        var command = new Command("list", "List keys");
        command.SetAction((parsed, stop) => StoreCommand.RunAsync(CommandLine.Config(parsed), async services =>
        {
            var keys = await services.GetRequiredService<IAccessStore>().KeysAsync(stop);
            Output.Print(
                parsed,
                keys.Select(key => new { key.Id, key.Name, Role = key.Role.Key(), Scope = key.Scope.Text, Created = key.CreatedAt.ToString(), Revoked = key.RevokedAt?.ToString() }),
                () => string.Join('\n', keys.Select(key =>
                    $"{key.Id}  {key.Role.Key(),-13}  {key.Scope.Text,-12}  {key.Name}{(key.RevokedAt is { } at ? $"  revoked {at}" : "")}")));
            return ExitCode.Ok;
        }, stop));
        return command;
    }

    static Command Revoke()
    {
        var id = new Argument<string>("ID") { Description = "The key's id, as list shows it" };
        var command = new Command("revoke", "Revoke a key at once") { id };
        command.SetAction((parsed, stop) => StoreCommand.RunAsync(CommandLine.Config(parsed), async services =>
        {
            var now = services.GetRequiredService<TimeProvider>().Now();
            if (!await services.GetRequiredService<IAccessStore>().RevokeKeyAsync(parsed.GetRequiredValue(id), now, stop))
                throw new CommandFailedException($"There is no key {parsed.GetRequiredValue(id)} that is in force.");
            await Audit(services, now, "key.revoke", parsed.GetRequiredValue(id), null, stop);
            Console.WriteLine("Revoked.");
            return ExitCode.Ok;
        }, stop));
        return command;
    }

    internal static Option<AccessRole> Role(string description) => new("--role")
    {
        Description = $"{description}: {string.Join(", ", Enum.GetValues<AccessRole>().Select(role => role.Key()))}",
        Required = true,
        CustomParser = result =>
        {
            if (!AccessRoles.TryParse(result.Tokens is [var given, ..] ? given.Value : null, out var role)) result.AddError($"{(result.Tokens is [var token, ..] ? token.Value : "nothing")} is not a role.");
            return role;
        },
    };

    static async Task Audit(IServiceProvider services, Instant now, string action, string id, string? after, CancellationToken stop) =>
        await services.GetRequiredService<IAuditLog>().AddAsync(new AuditEntry(0, now, "cli", action, $"key {id}", null, after), stop);
}
