namespace Falter.Records;

/// <summary>Why a call that reached a rule was not acted on. The first group did not match; the second matched and was let go.</summary>
public enum SkipReason
{
    // Not matched: the next rule was asked.
    Path,
    Descriptor,
    Peer,
    Port,
    Argument,
    Thread,
    Process,
    Role,

    /// <summary>What a predicate asks could not be read: the thread was gone, or its memory not mapped.</summary>
    Unreadable,

    /// <summary>It had failed by itself, and the rule is about calls that succeed.</summary>
    Failed,

    /// <summary>It passed none of the places in the kernel where it could have been failed.</summary>
    Unreached,

    // Matched.

    /// <summary>An earlier rule acted on it.</summary>
    Earlier,

    /// <summary>The lot did not fall.</summary>
    Rate,

    /// <summary>Its number is not among those of <c>when=</c>.</summary>
    When,

    /// <summary>The count was used up.</summary>
    Count,

    /// <summary>It came before the rule's time, or after it.</summary>
    Time,

    /// <summary>It was to be held or remembered, and there was no room for more.</summary>
    Room,

    /// <summary>The thread gave it up (a signal, its end) before it was answered, or it never returned.</summary>
    Interrupted,

    /// <summary>The thread could not be made to stop: it blocks every signal that would be harmless to it.</summary>
    Blocked,
}

/// <summary>Counts of skipped calls, for people and files.</summary>
public static class SkipReasons
{
    /// <summary>The counts by the reasons' words: <c>rate</c>, <c>descriptor</c>.</summary>
    public static IReadOnlyDictionary<string, long> Words(IReadOnlyDictionary<SkipReason, long> skipped) =>
        skipped.OrderBy(s => s.Key).ToDictionary(s => Records.Words.Of(s.Key), s => s.Value);
}
