namespace Falter.Records;

/// <summary>
/// How an invocation ended: success (any return value that is no error, addresses included), an errno, or interrupted: one of the kernel's
/// own restart codes ERESTARTSYS to ERESTART_RESTARTBLOCK (512 to 516, <c>include/linux/errno.h</c>), which no program ever sees.
/// </summary>
/// <param name="Code">0 for success, else the number that the kernel returned, made positive.</param>
public readonly record struct Outcome(short Code)
{
    public static readonly Outcome Success = new(0);

    public bool IsSuccess => Code == 0;
    public bool IsInterrupted => Code is >= 512 and <= 516;
    public bool IsError => Code > 0 && !IsInterrupted;

    /// <summary>The errno of a failed invocation. Only where <see cref="IsError"/>.</summary>
    public Errno Errno => IsError ? new Errno(Code) : throw new InvalidOperationException($"outcome {Code} is no error");

    /// <summary><c>success</c>, <c>interrupted</c>, or the errno's name.</summary>
    public override string ToString() => IsSuccess ? "success" : IsInterrupted ? "interrupted" : Errno.Name;

    /// <summary>Reads what <see cref="ToString"/> writes; interrupted comes back as 512.</summary>
    public static bool TryParse(string text, out Outcome outcome)
    {
        outcome = text == "interrupted" ? new Outcome(512) : default;
        if (text is "success" or "interrupted") return true;
        if (!Errno.TryParse(text, out Errno errno)) return false;
        outcome = new Outcome(errno.Number);
        return true;
    }
}
