namespace Falter.Cli;

/// <summary>How long turns take: as planned until one was measured, then the mean of those that were.</summary>
/// <param name="planned">One turn, without the start of the system.</param>
internal sealed class TurnClock(TimeSpan planned)
{
    private DateTime? _first;
    private int _begun;
    private DateTime _last;

    /// <summary>A turn begins.</summary>
    public void Begin(DateTime now)
    {
        _first ??= now;
        _last = now;
        _begun++;
    }

    /// <summary>What so many turns will take, the one that has just begun among them.</summary>
    public TimeSpan Left(int turns) => (_begun > 1 ? (_last - _first!.Value) / (_begun - 1) : planned) * Math.Max(1, turns);
}
