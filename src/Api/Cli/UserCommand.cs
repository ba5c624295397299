using System.CommandLine;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch user add|passwd|disable</c>: people's accounts. Passwords are read from standard input, never from the command line.</summary>
static class UserCommand
{
    static readonly Argument<string> Name = new("NAME") { Description = "The account" };

    public static Command Create() => new("user", "Accounts of people") { Add(), Passwd(), Disable() };

    static Command Add()
    {
        var role = KeyCommand.Role("What the user may do");
        var scope = new Option<string>("--scope") { Description = "An institution's code, or system:教育", DefaultValueFactory = _ => Scope.County.Text };
        var command = new Command("add", "Add an account; the password is read from standard input") { Name, role, scope };
        command.SetAction((parsed, stop) => ChangeAsync(parsed, known => known is not null
            ? throw new CommandFailedException($"{known.Name} exists already.")
            : new UserAccount(
                parsed.GetRequiredValue(Name), NewPasswordHash(), parsed.GetRequiredValue(role), new Scope(parsed.GetRequiredValue(scope)), false, default),
            "user.add", stop));
        return command;
    }

    static Command Passwd()
    {
        var command = new Command("passwd", "Set a new password, read from standard input; ends the user's sessions") { Name };
        command.SetAction((parsed, stop) => ChangeAsync(
            parsed, known => Existing(parsed, known) with { PasswordHash = NewPasswordHash(), Disabled = false }, "user.passwd", stop));
        return command;
    }

    static Command Disable()
    {
        var command = new Command("disable", "Disable an account and end its sessions") { Name };
        command.SetAction((parsed, stop) => ChangeAsync(parsed, known => Existing(parsed, known) with { Disabled = true }, "user.disable", stop));
        return command;
    }

    static Task<int> ChangeAsync(ParseResult parsed, Func<UserAccount?, UserAccount> change, string action, CancellationToken stop) =>
        StoreCommand.RunAsync(CommandLine.Config(parsed), async services =>
        {
            var access = services.GetRequiredService<IAccessStore>();
            var now = services.GetRequiredService<TimeProvider>().Now();
            var known = await access.FindUserAsync(parsed.GetRequiredValue(Name), stop);
            var user = change(known) with { CreatedAt = known?.CreatedAt ?? now };
            await access.SaveUserAsync(user, stop);
            await services.GetRequiredService<IAuditLog>().AddAsync(
                new AuditEntry(0, now, "cli", action, $"user {user.Name}", null, $"{user.Role.Key()} {user.Scope.Text}"), stop);
            Console.WriteLine("Done.");
            return ExitCode.Ok;
        }, stop);

    static UserAccount Existing(ParseResult parsed, UserAccount? known) =>
        known ?? throw new CommandFailedException($"There is no account {parsed.GetRequiredValue(Name)}.");

    static string NewPasswordHash()
    {
        if (!Console.IsInputRedirected) Console.Error.Write("Password: ");
        var password = Console.ReadLine() ?? "";
        return password.Length >= 8 ? SecretHash.Create(password) : throw new CommandFailedException("A password has at least 8 characters.");
    }
}
