namespace Falter.Observe;

/// <summary>How many series there may be. A target may start ever new programs; a metrics database must not grow with each.</summary>
/// <param name="most">The most series.</param>
internal sealed class SeriesBudget(int most)
{
    private int _used;

    /// <summary>Series that were refused, again at each reading.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes room for series that begin together; none of them where there is not enough.</summary>
    public bool TryTake(int series)
    {
        bool fits = series <= most - _used;
        if (fits) _used += series;
        else Dropped += series;
        return fits;
    }
}
