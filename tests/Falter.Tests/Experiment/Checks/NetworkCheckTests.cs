using System.Text;
using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

/// <summary>Checks that ask servers.</summary>
public class NetworkCheckTests
{
    [Theory]
    [InlineData("200 OK", "all is well", null, true, "200")]
    [InlineData("302 Found", "", null, true, "302")]
    [InlineData("404 Not Found", "", null, false, "404")]
    [InlineData("200 OK", "all is well", "is w", true, "200")]
    [InlineData("200 OK", "all is bad", "^all is well$", false, "200: the body does not match")]
    [InlineData("200 OK", "aXa", @"(a)X\1", true, "200")]
    public async Task Http_passes_by_status_and_body(string status, string body, string? pattern, bool passed, string detail)
    {
        using AnsweringServer server = AnsweringServer.Text(status, body);
        Assert.Equal(new ProbeResult(passed, Answered: true, detail), await Given.ProbeAsync(Given.Http(server.Url, pattern)));
    }

    [Fact]
    public async Task Http_passes_by_the_statuses_that_are_asked_for()
    {
        using AnsweringServer server = AnsweringServer.Text("503 Service Unavailable");
        Assert.True((await Given.ProbeAsync(Given.Http(server.Url) with { Status = new(500, 599) })).Passed);
    }

    [Fact]
    public async Task A_pattern_that_would_take_for_ever_is_given_up()
    {
        using AnsweringServer server = AnsweringServer.Text("200 OK", new string('a', 5000) + "!");
        // A back reference needs backtracking, whose time doubles with each letter here.
        ProbeResult result = await Given.ProbeAsync(Given.Http(server.Url, @"^((a+)+)\1$") with { Timeout = TimeSpan.FromSeconds(2) });
        Assert.False(result.Passed);
        Assert.Contains("took too long", result.Detail);
    }

    [Fact]
    public async Task Tcp_passes_where_somebody_listens()
    {
        using AnsweringServer server = AnsweringServer.Text("200 OK");
        Assert.Equal(new ProbeResult(Passed: true, Answered: true, "connected"), await Given.ProbeAsync(Given.Tcp(server.Address)));
        Assert.True((await Given.ProbeAsync(Given.Tcp($"localhost:{server.Address.Split(':')[1]}"))).Passed);
        Assert.Equal(new ProbeResult(Passed: false, Answered: true, "refused"), await Given.ProbeAsync(Given.Tcp(AnsweringServer.ClosedAddress())));
        Assert.Throws<ArgumentException>(() => new TcpCheck(Given.Tcp("nowhere")));
    }

    [Theory]
    [InlineData("""{"status":"success","data":{"resultType":"scalar","result":[1.5,"0.25"]}}""", true, 0.25, "0.25")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"0.75"]}]}}""", false, 0.75, "0.75; expected at most 0.5")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[]}}""", false, null, "the query has no sample")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[{},{}]}}""", false, null, "the query has 2 samples; expected one: add an aggregation, for example sum(…)")]
    [InlineData("""{"status":"success","data":{"resultType":"matrix","result":[]}}""", false, null, "the query gives a matrix; expected a scalar or a vector of one sample")]
    [InlineData("""{"status":"success","data":{"resultType":"scalar","result":[1.5,"NaN"]}}""", false, null, "NaN")]
    [InlineData("""{"status":"error","errorType":"bad_data","error":"parse error"}""", false, null, "Prometheus refused the query: parse error")]
    [InlineData("<html>", false, null, "status 200, and not the answer of a Prometheus")]
    [InlineData("[]", false, null, "status 200, and not the answer of a Prometheus")]
    public async Task Prometheus_gives_one_number(string answer, bool passed, double? value, string detail)
    {
        using AnsweringServer server = AnsweringServer.Text("200 OK", answer);
        Assert.Equal(new ProbeResult(passed, Answered: true, detail, value), await Given.ProbeAsync(Given.Prometheus(server.Url, "up", new(null, 0.5))));
    }

    [Fact]
    public void Whatever_a_prometheus_answers_is_an_answer()
    {
        byte[] answer = """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.5,"0.75"]}]}}"""u8.ToArray();
        using var check = new PrometheusCheck(Given.Prometheus("http://127.0.0.1:1", "up"));
        Mutations.Each(answer, 5000, 3, text => Assert.True(check.Judge(System.Net.HttpStatusCode.OK, text).Answered));
    }

    [Fact]
    public async Task Prometheus_is_asked_with_its_path_query_and_credentials()
    {
        string asked = "";
        using var server = new AnsweringServer((stream, request, cancel) =>
        {
            asked = request;
            return stream.WriteAsync(Encoding.ASCII.GetBytes(AnsweringServer.Http("200 OK", """{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}""")), cancel).AsTask();
        });
        Assert.True((await Given.ProbeAsync(Given.Prometheus($"http://user:p%40ss@{server.Address}/prom/", "sum(rate(x{a=\"b\"}[1m]))"))).Passed);
        Assert.StartsWith("GET /prom/api/v1/query?query=sum%28rate%28x%7Ba%3D%22b%22%7D%5B1m%5D%29%29 HTTP/1.1", asked);
        Assert.Contains($"Authorization: Basic {Convert.ToBase64String("user:p@ss"u8)}", asked);
    }
}
