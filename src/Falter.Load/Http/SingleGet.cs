namespace Falter.Load;

/// <summary>
/// A GET that is sent once. .NET's client sends a request up to three times more when the server closes the connection without an answer
/// (<c>HttpConnection._canRetry</c>): a server that drops a fifth of its requests would seem to drop two in a thousand, under a load that nobody offered.
/// </summary>
public static class SingleGet
{
    /// <summary>The request for a URL.</summary>
    public static HttpRequestMessage For(Uri url) => new(HttpMethod.Get, url)
    {
        // The client never repeats a request whose body it has begun to send; this one's is empty. On the wire it is "Content-Length: 0".
        Content = new ByteArrayContent([]),
    };
}
