// A shop that asks its stock for the number of pieces, by HTTP, with Polly's time-out and retries around the call.
// Usage: falter-sample-polly stock --urls http://127.0.0.1:5081
//        falter-sample-polly shop --urls http://127.0.0.1:5080 --stock http://127.0.0.1:5081/ [--retries 3]
using System.Net;
using Polly;
using Polly.Retry;
using Polly.Timeout;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
WebApplication app = builder.Build();

if (args is ["stock", ..])
{
    app.MapGet("/", () => "42");
}
else
{
    var stock = new Uri(app.Configuration["stock"] ?? throw new InvalidOperationException("--stock URL is missing"));
    ResiliencePipeline<string> pipeline = PipelineOf(app.Configuration.GetValue("retries", 3), app.Logger);
    // A connection for each call: what a new connection meets is met by a request, and not by a pool in the background.
    var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero });
    app.MapGet("/", async (CancellationToken cancel) =>
    {
        try
        {
            return Results.Text($"{await pipeline.ExecuteAsync(async token => await http.GetStringAsync(stock, token), cancel)} pieces");
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException)
        {
            app.Logger.LogError("the stock was not reached: {Message}", e.Message);
            return Results.StatusCode((int)HttpStatusCode.BadGateway);
        }
    });
    app.MapGet("/health", () => "healthy");
}

app.Run();

static ResiliencePipeline<string> PipelineOf(int retries, ILogger logger)
{
    var pipeline = new ResiliencePipelineBuilder<string>();
    // Polly takes a retry strategy of one retry or more.
    if (retries > 0)
    {
        pipeline.AddRetry(new RetryStrategyOptions<string>
        {
            ShouldHandle = new PredicateBuilder<string>().Handle<HttpRequestException>().Handle<TimeoutRejectedException>(),
            MaxRetryAttempts = retries,
            Delay = TimeSpan.FromMilliseconds(20),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            OnRetry = attempt =>
            {
                logger.LogWarning("attempt {Attempt} failed: {Message}", attempt.AttemptNumber + 1, attempt.Outcome.Exception?.Message);
                return default;
            },
        });
    }
    return pipeline.AddTimeout(TimeSpan.FromMilliseconds(500)).Build();
}
