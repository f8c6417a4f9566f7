namespace Falter.Observe;

/// <summary>Which metrics are read.</summary>
public enum PrometheusNames
{
    /// <summary>Falter's where the window has them, else Phoebe's.</summary>
    Auto,

    /// <summary><c>falter_syscalls_total</c>.</summary>
    Falter,

    /// <summary><c>failed_syscalls_total</c> and <c>syscalls_failure_rate</c>.</summary>
    Phoebe,
}

/// <summary>A window of a Prometheus.</summary>
public sealed record PrometheusQuery
{
    /// <summary>Where it answers: <c>http://127.0.0.1:9090</c>, with a path where it is served below one. User and password in it are sent as basic authentication.</summary>
    public required Uri Url { get; init; }

    public required DateTimeOffset Start { get; init; }

    /// <summary>After <see cref="Start"/>.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>Distance of the points, which become intervals. Default 15 s (Phoebe's, and Prometheus's usual scrape interval).</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Label matchers as between the braces of PromQL: <c>job="web",instance=~"a.*"</c>. Default: none.</summary>
    public string Match { get; init; } = "";

    /// <summary>Labels whose values become part of the process's name, so that applications of the same name are kept apart. Default: none.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    /// <summary>Default: auto.</summary>
    public PrometheusNames Names { get; init; }

    /// <summary>As messages and files name it, without the password.</summary>
    public string Source => $"{Url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped).TrimEnd('/')} from {Start.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'} to {End.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'}{(Match.Length > 0 ? $", {Match}" : "")}";
}
