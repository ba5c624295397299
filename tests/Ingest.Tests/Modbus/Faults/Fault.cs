namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>What a server does to one request.</summary>
enum Fault
{
    None,
    /// <summary>The right answer, after the deadline.</summary>
    Late,
    /// <summary>The right answer twice in one segment.</summary>
    Twice,
    /// <summary>The right answer, and an answer to the question before it glued on.</summary>
    OldIdAfter,
    OldId,
    FutureId,
    WrongUnit,
    WrongFunction,
    FewerRegisters,
    MoreRegisters,
    WrongByteCount,
    WrongLength,
    WrongCheckSum,
    SingleBytes,
    GarbageBefore,
    GarbageAfter,
    Silence,
    ResetInFrame,
    CloseInFrame,
    HalfThenSilence,
    HalfThenRestLate,
    CloseAfterAnswer,
    CloseUnanswered,
    Exception,
    GatewayException,
    ExceptionOfOtherUnit,
    SlowDrip,
}
