using System.Net;

namespace Falter.Experiment;

/// <summary>How checks speak HTTP.</summary>
internal static class CheckHttp
{
    /// <summary>What is kept of a body, in bytes. The rest is read and thrown away.</summary>
    public const int MostKept = 1024 * 1024;

    /// <summary>A connection for each probe: a check must see whether new clients are served, not whether an old connection still is.</summary>
    public static SocketsHttpHandler Handler(TimeSpan timeout) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = timeout,
        AutomaticDecompression = DecompressionMethods.None,
    };

    /// <summary>Reads a body to its end; returns its begin.</summary>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(cancel);
        using var kept = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = await body.ReadAsync(buffer, cancel)) > 0)
        {
            kept.Write(buffer, 0, (int)Math.Min(count, MostKept - kept.Length));
        }
        return kept.ToArray();
    }
}
