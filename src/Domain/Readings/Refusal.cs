namespace EnergyWatch.Domain.Readings;

/// <summary>Why something that was sent to us did not become a reading. The code is a public name; the detail names the place.</summary>
/// <param name="Index">Position of the refused item in what was sent, from 0.</param>
/// <param name="Code">One of <see cref="RefusalCodes"/>.</param>
/// <param name="Detail">Place and reason in words, for the person who has to mend it.</param>
public sealed record Refusal(int Index, string Code, string Detail);

public static class RefusalCodes
{
    public const string UnknownMeter = "UNKNOWN_METER";
    public const string UnknownQuantity = "UNKNOWN_QUANTITY";
    public const string NotThisGateway = "NOT_THIS_GATEWAY";
    public const string NotANumber = "NOT_A_NUMBER";
    public const string BadTime = "BAD_TIME";
    public const string TimeTooOld = "TIME_TOO_OLD";
    public const string TimeInFuture = "TIME_IN_FUTURE";
    public const string Malformed = "MALFORMED";

    /// <summary>What it says cannot be told, since the message that gives its names was never heard.</summary>
    public const string NoBirth = "NO_BIRTH";
    public const string Empty = "EMPTY";
    public const string RejectedByStore = "REJECTED_BY_STORE";
}
