namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>What a server does to one request.</summary>
enum Fault
{
    None,
    /// <summary>The right answer, after the deadline.</summary>
    Late,
    /// <summary>The right answer twice in one segment.</summary>
    Twice,
    /// <summary>The right answer, and a copy of it as a repeater makes one: in a segment of its own, a little later.</summary>
    TwiceApart,
    /// <summary>The right answer, and one more with the id of the question that comes next, glued on and again a little later.</summary>
    FutureIdAfter,
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
    /// <summary>Half of the right answer; the next question is answered rightly.</summary>
    HalfThenNextAnswer,
    HalfThenRestLate,
    CloseAfterAnswer,
    CloseUnanswered,
    Exception,
    GatewayException,
    ExceptionOfOtherUnit,
    SlowDrip,
}
