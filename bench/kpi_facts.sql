-- The facts of the key figures once more, in plain SQL for PostgreSQL, from the rows of calls and complaints themselves.
-- Written from the definitions and not from the program: windows and joins instead of a walk through each call.
-- "every" has a row for each thing that counts: day, hour (-1: none), queue, agent, fact, value.
WITH 
numbered AS (
    SELECT v.*, COALESCE(SUM(CASE WHEN v.outcome = 'overflow' THEN 0 ELSE 1 END) OVER (
               PARTITION BY v.call_id ORDER BY v.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS chain
    FROM queue_visits v
), chains AS (
    SELECT n.call_id, MIN(n.entered_at) AS entered_at, MAX(n.seq) AS last_seq
    FROM numbered n GROUP BY n.call_id, n.chain
), waits AS (
    SELECT c.call_id, c.entered_at, v.queue, v.outcome,
           FLOOR(EXTRACT(EPOCH FROM v.entered_at - c.entered_at) * 1000 + 0.5)
             + FLOOR(COALESCE(v.wait_time, 0)::numeric * 1000 + 0.5) AS waited,
           (SELECT l.agent FROM call_legs l WHERE l.call_id = c.call_id AND l.kind = 'queue'
            AND l.answered_at >= v.entered_at ORDER BY l.answered_at, l.agent LIMIT 1) AS agent
    FROM chains c JOIN queue_visits v ON v.call_id = c.call_id AND v.seq = c.last_seq
    JOIN calls k ON k.call_id = c.call_id
    WHERE v.outcome IN ('answered', 'abandoned', 'callback', 'message')
       OR (v.outcome = 'overflow' AND k.ended_at IS NOT NULL)
), wait_facts AS (
    SELECT entered_at AT TIME ZONE 'Asia/Shanghai' AS at, queue, CASE WHEN outcome = 'answered' THEN agent END AS agent, f.fact, f.value
    FROM waits, LATERAL (VALUES
        ('answered', CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END),
        ('wait_ms', CASE WHEN outcome = 'answered' THEN waited ELSE 0 END),
        ('in_15', CASE WHEN outcome = 'answered' AND waited <= 15000 THEN 1 ELSE 0 END),
        ('in_20', CASE WHEN outcome = 'answered' AND waited <= 20000 THEN 1 ELSE 0 END),
        ('abandoned', CASE WHEN outcome IN ('abandoned', 'overflow') AND waited >= 5000 THEN 1 ELSE 0 END),
        ('short_abandoned', CASE WHEN outcome IN ('abandoned', 'overflow') AND waited < 5000 THEN 1 ELSE 0 END),
        ('took_callback', CASE WHEN outcome = 'callback' THEN 1 ELSE 0 END),
        ('left_message', CASE WHEN outcome = 'message' THEN 1 ELSE 0 END)) AS f (fact, value)
), 
spoken AS (
    SELECT l.call_id, l.agent, MIN(l.answered_at) AS answered_at,
           SUM(FLOOR(COALESCE(l.talk_time, 0)::numeric * 1000 + 0.5)) AS talk,
           SUM(FLOOR(COALESCE(l.hold_time, 0)::numeric * 1000 + 0.5)) AS hold,
           MAX(CASE WHEN l.ended_by = 'transfer' THEN 1 ELSE 0 END) AS moved,
           (ARRAY_AGG(l.queue ORDER BY l.rang_at, l.leg) FILTER (WHERE l.queue <> ''))[1] AS queue
    FROM call_legs l JOIN calls c ON c.call_id = l.call_id
    WHERE l.answered_at IS NOT NULL
      AND (l.kind IN ('queue', 'transfer', 'conference', 'rejoin', 'outbound')
           OR (l.kind = 'consult' AND l.agent = c.agent))
    GROUP BY l.call_id, l.agent HAVING COUNT(*) = COUNT(l.ended_at)
), worked AS (
    SELECT w.call_id, u.username AS agent, SUM(FLOOR(w.acw_time::numeric * 1000 + 0.5)) AS acw
    FROM wrap_ups w JOIN users u ON u.id = w.user_id WHERE w.acw_time IS NOT NULL GROUP BY w.call_id, u.username
), talks AS (
    SELECT s.*, COALESCE(w.acw, 0) AS acw, c.direction, c.answered_at AS reached_at, c.queue AS call_queue
    FROM spoken s JOIN calls c ON c.call_id = s.call_id
    LEFT JOIN worked w ON w.call_id = s.call_id AND w.agent = s.agent
), talk_facts AS (
    SELECT answered_at AT TIME ZONE 'Asia/Shanghai' AS at, COALESCE(queue, call_queue) AS queue, agent, f.fact, f.value
    FROM talks, LATERAL (VALUES ('handled', 1), ('talk_ms', talk), ('hold_ms', hold), ('acw_ms', acw),
                                ('transferred', moved)) AS f (fact, value)
    WHERE direction = 'inbound'
    UNION ALL
    SELECT answered_at AT TIME ZONE 'Asia/Shanghai', NULL, agent, f.fact, f.value
    FROM talks, LATERAL (VALUES ('outbound', CASE WHEN reached_at IS NULL THEN 0 ELSE 1 END),
                                ('outbound_ms', talk + hold + acw)) AS f (fact, value)
    WHERE direction = 'outbound'
), 
menu_facts AS (
    SELECT c.started_at AT TIME ZONE 'Asia/Shanghai' AS at, NULL AS queue, NULL AS agent, f.fact, f.value
    FROM calls c, LATERAL (VALUES ('calls_in', 1), ('contained', CASE
        WHEN c.outcome = 'answered' AND c.ended_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM queue_visits v WHERE v.call_id = c.call_id)
         AND NOT EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.call_id) THEN 1 ELSE 0 END)) AS f (fact, value)
    WHERE c.direction = 'inbound'
), 
last_work AS (
    SELECT DISTINCT ON (call_id) call_id, user_id, state, disposition, ticket_id
    FROM wrap_ups ORDER BY call_id, started_at DESC, id DESC
), solved AS (
    SELECT c.call_id, c.started_at, c.queue, c.customer_id, c.caller_key, w.user_id, w.disposition
    FROM calls c JOIN last_work w ON w.call_id = c.call_id
    WHERE c.direction = 'inbound' AND w.state = 'done' AND w.disposition IS NOT NULL AND w.ticket_id IS NULL
      AND (c.customer_id IS NOT NULL OR c.caller_key IS NOT NULL)
), classed AS (
    SELECT DISTINCT c.call_id, c.started_at, c.customer_id, c.caller_key, w.disposition
    FROM calls c JOIN wrap_ups w ON w.call_id = c.call_id
    WHERE c.direction = 'inbound' AND w.disposition IS NOT NULL
), again AS (
    SELECT s.call_id FROM solved s JOIN classed o ON o.customer_id = s.customer_id AND o.disposition = s.disposition
    WHERE o.started_at > s.started_at AND o.started_at <= s.started_at + INTERVAL '7 days'
    UNION
    SELECT s.call_id FROM solved s JOIN classed o ON o.caller_key = s.caller_key AND o.disposition = s.disposition
    WHERE o.started_at > s.started_at AND o.started_at <= s.started_at + INTERVAL '7 days'
), repeat_facts AS (
    SELECT s.started_at AT TIME ZONE 'Asia/Shanghai' AS at, s.queue, u.username AS agent, f.fact, f.value
    FROM solved s JOIN users u ON u.id = s.user_id LEFT JOIN again a ON a.call_id = s.call_id,
    LATERAL (VALUES ('solved', 1), ('solved_once', CASE WHEN a.call_id IS NULL THEN 1 ELSE 0 END)) AS f (fact, value)
), 
stretches AS (
    SELECT s.user_id, s.state, s.since, LEAST(COALESCE(s.until, %(now)s), %(now)s) AS until
    FROM agent_states s WHERE s.state <> 'offline'
), cut AS (
    SELECT s.user_id, s.state, h AS hour, LEAST(s.until, h + INTERVAL '1 hour') - GREATEST(s.since, h) AS spent
    FROM stretches s, LATERAL generate_series(date_trunc('hour', s.since), s.until, INTERVAL '1 hour') AS h
    WHERE LEAST(s.until, h + INTERVAL '1 hour') > GREATEST(s.since, h)
), state_facts AS (
    SELECT c.hour AT TIME ZONE 'Asia/Shanghai' AS at, NULL AS queue, u.username AS agent,
           CASE WHEN c.state IN ('available', 'ringing') THEN 'ready_ms'
                WHEN c.state IN ('on_call', 'wrap_up') THEN 'busy_ms' ELSE 'paused_ms' END AS fact,
           EXTRACT(EPOCH FROM c.spent) * 1000 AS value
    FROM cut c JOIN users u ON u.id = c.user_id
), 
complaints AS (
    SELECT t.*, h.username AS handler, b.username AS blamed, i.verdict,
           EXISTS (SELECT 1 FROM ticket_links l WHERE l.ticket_id = t.id AND l.kind = 'repeat'
                   AND l.state IN ('linked', 'merged')) AS repeated,
           (SELECT ARRAY_AGG(v.outcome) FROM visits v WHERE v.ticket_id = t.id AND v.kind = 'complaint'
            AND v.state = 'done') AS visits
    FROM tickets t LEFT JOIN users h ON h.id = t.assignee_id LEFT JOIN users b ON b.id = t.complained_about_id
    LEFT JOIN investigations i ON i.ticket_id = t.id
    WHERE t.kind = 'complaint' AND t.status <> 'merged'
), ticket_facts AS (
    SELECT received_at AT TIME ZONE 'Asia/Shanghai' AS at, TRUE AS hourly, handler AS agent, f.fact, f.value
    FROM complaints, LATERAL (VALUES ('complaints', 1), ('complaints_closed', (closed_at IS NOT NULL)::int),
                                     ('complaints_repeated', repeated::int)) AS f (fact, value)
    UNION ALL
    SELECT received_at AT TIME ZONE 'Asia/Shanghai', TRUE, blamed, 'complaints_valid', 1
    FROM complaints WHERE blamed IS NOT NULL AND verdict IN ('substantiated', 'partly')
    UNION ALL
    SELECT legal_due_at AT TIME ZONE 'Asia/Shanghai', FALSE, handler, f.fact, f.value
    FROM complaints, LATERAL (VALUES ('due', 1),
        ('due_in_time', (notified_at IS NOT NULL AND notified_at <= legal_due_at)::int)) AS f (fact, value)
    WHERE legal_due_at IS NOT NULL AND (notified_at IS NOT NULL
       OR (legal_due_at < %(now)s AND (closed_at IS NULL OR closed_at > legal_due_at)))
    UNION ALL
    SELECT closed_at AT TIME ZONE 'Asia/Shanghai', FALSE, handler, f.fact, f.value
    FROM complaints, LATERAL (VALUES ('ended', 1), ('visited', (visits IS NOT NULL)::int),
        ('visited_reached', COALESCE(visits && ARRAY['satisfied', 'not_satisfied']::varchar[], FALSE)::int),
        ('visited_satisfied', COALESCE('satisfied' = ANY (visits), FALSE)::int)) AS f (fact, value)
    WHERE closed_at IS NOT NULL
),
every AS (
    SELECT at::date AS day, EXTRACT(HOUR FROM at)::int AS hour, COALESCE(queue, '') AS queue, agent, fact, value
    FROM (SELECT * FROM wait_facts UNION ALL SELECT * FROM talk_facts UNION ALL SELECT * FROM menu_facts
          UNION ALL SELECT * FROM repeat_facts UNION ALL SELECT * FROM state_facts) AS of_calls
    UNION ALL
    SELECT at::date, CASE WHEN hourly THEN EXTRACT(HOUR FROM at)::int ELSE -1 END, '', agent, fact, value
    FROM ticket_facts
)
