namespace Falter.Observe;

/// <summary>Quantiles of a latency histogram whose buckets double (<see cref="Falter.Records.SyscallRow.Log2Ns"/>).</summary>
public static class Log2Latency
{
    /// <summary>
    /// The duration in nanoseconds that the share <paramref name="quantile"/> of the calls did not exceed. Within its bucket it is placed as if the calls
    /// were spread evenly, so it is within a factor of two of the truth.
    /// </summary>
    /// <param name="log2Ns">Element i counts calls of 2^i up to 2^(i+1) ns.</param>
    /// <param name="quantile">0 to 1.</param>
    /// <returns>Null where nothing was measured.</returns>
    public static double? Quantile(IReadOnlyList<long> log2Ns, double quantile)
    {
        long calls = log2Ns.Sum();
        if (calls == 0) return null;
        double rank = quantile * calls;
        for (int i = 0; i < log2Ns.Count; i++)
        {
            if (log2Ns[i] >= rank && log2Ns[i] > 0) return Math.ScaleB(1 + rank / log2Ns[i], i);
            rank -= log2Ns[i];
        }
        return Math.ScaleB(1, log2Ns.Count);
    }
}
