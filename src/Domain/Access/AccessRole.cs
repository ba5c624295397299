namespace EnergyWatch.Domain.Access;

/// <summary>What an account may do. The API refuses the rest; hiding a button is not security.</summary>
public enum AccessRole
{
    /// <summary>系统管理员: everything, users and keys included.</summary>
    Administrator = 1,
    /// <summary>县管理员: registry, quotas, review.</summary>
    Officer = 2,
    /// <summary>审批人: approves what an officer submitted.</summary>
    Approver = 3,
    /// <summary>单位统计员: sees its institution, enters what no meter knows, signs receipts.</summary>
    Agency = 4,
    /// <summary>只读审计: reads everything in scope, the audit included.</summary>
    Auditor = 5,
    /// <summary>A machine that only pushes readings.</summary>
    Ingest = 6,
}

/// <summary>The names of roles on the command line and in the API.</summary>
public static class AccessRoles
{
    public static string Key(this AccessRole role) => role.ToString().ToLowerInvariant();

    public static bool TryParse(string? key, out AccessRole role) =>
        Enum.TryParse(key, ignoreCase: true, out role) && Enum.IsDefined(role) && key!.All(char.IsAsciiLetter);
}
